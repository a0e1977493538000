import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

/** Ends a run in the one line that `scripts/test.sh` reads. A test that did not run counts as failed. */
export default class CountReporter implements Reporter {
  #passed = 0;
  #failed = 0;

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus && result.status === 'passed') this.#passed += 1;
    else this.#failed += 1;
  }

  onEnd({ status }: FullResult): void {
    const failed = status === 'passed' ? this.#failed : Math.max(this.#failed, 1);
    console.log(`\n${this.#passed} passed, ${failed} failed`);
  }
}
