/** What the projects have in common: one transform, and no module of what the build wrote. */
const shared = {
  rootDir: '.',
  // The programs in examples/ name the package as its users do.
  moduleNameMapper: { '^cdk8s-agent-sandbox$': '<rootDir>/src/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/package/', '<rootDir>/dist/'],
  transform: { '^.+\\.[jt]s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }] },
  // The client of the API server is published as ECMAScript modules, which Jest's require cannot read.
  transformIgnorePatterns: ['/node_modules/(?!(@kubernetes/client-node|openid-client|oauth4webapi|jose|socks-proxy-agent|agent-base)/)'],
};

const controlPlane = {
  globalSetup: '<rootDir>/test/cluster/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/cluster/jest-global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/cluster/retry.ts'],
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'fast',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/cluster/', '<rootDir>/test/package/', '<rootDir>/test/node/', '<rootDir>/test/simulation/claims/'],
    },
    {
      ...shared,
      // Thousands of histories; they need a minute and no server.
      displayName: 'protocol',
      testMatch: ['<rootDir>/test/simulation/claims/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/cluster/controllers/'],
      ...controlPlane,
    },
    {
      ...shared,
      // A server of their own: whenever a CRD comes or goes, as in the files above, the garbage collector stands still for up to half a minute.
      displayName: 'controllers',
      testMatch: ['<rootDir>/test/cluster/controllers/*.test.ts'],
      ...controlPlane,
    },
    {
      ...shared,
      displayName: 'package',
      testMatch: ['<rootDir>/test/package/**/*.test.ts'],
      globalSetup: '<rootDir>/test/package/jest-global-setup.ts',
    },
    {
      ...shared,
      // `npm run e2e` starts the node that they run on.
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/node/*.test.ts'],
    },
  ],
};
