import fc from 'fast-check';

// Property tests draw the same cases in every run, so that a red build is about the change; another seed looks further.
fc.configureGlobal({seed: Number(process.env['INGOT_PROPERTY_SEED'] ?? 1)});
