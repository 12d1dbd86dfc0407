import { HttpTransport } from '../../src/runtime/http-transport';
import { describeServer } from '../conformance/suite';
import { cluster } from './connection';
import { until } from './until';

jest.setTimeout(60_000);

const { url, ca, token, controllerManager } = cluster().connection;
const credentials = { headers: { authorization: `Bearer ${token}` }, tls: { ca } };
const connection = { server: new URL(url), credentials: () => Promise.resolve(credentials), renew: () => Promise.resolve(credentials) };
const transport = new HttpTransport(connection, { version: 'conformance' });

afterAll(() => transport.close());

describeServer(() => ({ transport, namespace: () => cluster().namespace('conformance'), until }), controllerManager);
