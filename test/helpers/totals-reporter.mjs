import { appendFileSync } from 'node:fs';

// Prints the one line that scripts read, "N passed, N failed", or leaves it in $STATELITE_TOTALS for a run of several parts.
export default class TotalsReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests }) {
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const file = process.env.STATELITE_TOTALS;
    if (file) appendFileSync(file, `${numPassedTests} ${failed} ${numPendingTests}\n`);
    else process.stdout.write(`\n${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}\n`);
  }
}
