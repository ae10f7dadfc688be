// Three suites: unit (pure, seconds), machine (root: Postgres, namespaces, mounts), boot (virtual nodes).
const suite = (displayName, testMatch, testPathIgnorePatterns = []) => ({
  displayName,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  testMatch: [`<rootDir>/test/**/${testMatch}`],
  testPathIgnorePatterns,
});

export default {
  reporters: ['default', '<rootDir>/test/helpers/totals-reporter.mjs'],
  projects: [
    suite('unit', '*.test.ts', ['\\.(machine|boot)\\.test\\.ts$']),
    suite('machine', '*.machine.test.ts'),
    suite('boot', '*.boot.test.ts'),
  ],
  workerIdleMemoryLimit: '600MB',
  // A loaded machine is no failure; tests that wait for virtual nodes say so themselves.
  testTimeout: 120_000,
};
