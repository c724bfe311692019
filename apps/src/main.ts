#!/usr/bin/env node
import {buildPages} from './server.js';

const host = process.env['INGOT_HOST'] ?? '127.0.0.1';
const port = Number(process.env['INGOT_PAGES_PORT'] ?? 3001);
const app = await buildPages(process.env['INGOT_SERVING_URL'] ?? 'http://127.0.0.1:8501');
await app.listen({host, port});
console.log(`Pages on http://${host}:${port}/`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void app.close().then(() => process.exit(0)));
}
