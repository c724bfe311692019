/** Tests run on what is shipped: the compiled files. `npm test` builds first. */
export default {
  roots: ['tensorflow', 'kernel', 'deployer', 'serving', 'extension', 'apps', 'scripts'].map(
    part => `<rootDir>/${part}/lib`,
  ),
  testMatch: ['**/*.test.js'],
  setupFiles: ['<rootDir>/scripts/jest-seed.mjs'],
  transform: {},
  testEnvironment: 'node',
  testTimeout: 60_000,
  maxWorkers: 2,
};
