/** How much of a failure's message is shown, in characters. */
const SHOWN = 300;

/** Lists at the very end what has failed: the rest of a long output may be cut off. */
module.exports = class FailedTests {
  onRunComplete(_contexts, { testResults }) {
    const failed = testResults.flatMap(({ testFilePath, testResults: tests, failureMessage }) => {
      const own = tests.filter(({ status }) => status === 'failed');
      // A suite that cannot be loaded has no tests.
      if (own.length === 0) return failureMessage ? [[testFilePath, failureMessage]] : [];
      return own.map(({ fullName, failureMessages }) => [fullName, failureMessages.join(' ')]);
    });
    if (failed.length === 0) return;
    console.error('\nFailed:');
    for (const [name, message] of failed) console.error(`- ${name}: ${inOneLine(message)}`);
  }
};

/** Without colours, and without the places in the code. */
function inOneLine(message) {
  // eslint-disable-next-line no-control-regex
  const plain = message.replace(/\u001b\[[0-9;]*m/g, '');
  return plain
    .replace(/\s+at .*$/gm, '')
    .replace(/\s+/g, ' ')
    .slice(0, SHOWN);
}
