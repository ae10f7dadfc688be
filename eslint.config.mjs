import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  eslint.configs.recommended,
  { rules: { 'no-multiple-empty-lines': ['error', { max: 1, maxBOF: 0, maxEOF: 0 }] } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // Effects live in lib/system, lib/db, lib/service and lib/lab only (ARCHITECTURE, "The house").
    files: ['bin/**/*.ts', 'tables/**/*.ts', 'netboot/**/*.ts', 'lib/*.ts', 'lib/{cluster,policy,plan,image,check,explain,boot,disks,docs,overlay,apply,power,stat,storm}/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{ regex: '^(node:)?(fs|child_process|net|tls|http|https|dgram|os)(/|$)', message: 'Use the System passed in (lib/system).' },
                   { regex: '^(execa|fs-extra|knex|pg)$', message: 'Use lib/system or lib/db.' }],
      }],
    },
  },
  {
    files: ['*.config.mjs', '.ci/**/*.mjs', 'test/**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['add-on/statelited/status-page/*.js'],
    languageOptions: { sourceType: 'script', globals: Object.fromEntries(['document', 'location', 'history', 'EventSource', 'fetch', 'addEventListener', 'requestAnimationFrame', 'queueMicrotask', 'setInterval'].map((name) => [name, 'readonly'])) },
  },
);
