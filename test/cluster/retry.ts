// The server, its garbage collector and the network keep their own time. A test that fails is run once more; the report shows why it failed first. What is
// broken fails twice.
jest.retryTimes(1, { logErrorsBeforeRetry: true });
