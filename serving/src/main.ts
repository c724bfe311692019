#!/usr/bin/env -S node --min-semi-space-size=16
const args = process.argv.slice(2);

// TensorFlow and all that belongs to it is read only by a process that serves.
if (args[0] === 'ctl') await (await import('./admin/ctl.js')).runCtl(args.slice(1));
else await (await import('./serve.js')).serve(args);
