import fc from 'fast-check';
import { loadCrds } from '../../src/api/crds';
import { HttpTransport } from '../../src/runtime/http-transport';
import { Api } from '../conformance/backend';
import { modelBackend } from '../conformance/model-backend';
import { played, scripts } from '../conformance/script';
import { cluster } from './connection';
import { until } from './until';

jest.setTimeout(240_000);

const { url, ca, token } = cluster().connection;
const credentials = { headers: { authorization: `Bearer ${token}` }, tls: { ca } };
const connection = { server: new URL(url), credentials: () => Promise.resolve(credentials), renew: () => Promise.resolve(credentials) };
const transport = new HttpTransport(connection, { version: 'differential' });

beforeAll(() => cluster().installCrds(loadCrds()));
afterAll(() => transport.close());

test('the model answers any requests as the real server does', async () => {
  const model = modelBackend();
  const real = new Api({ transport, namespace: () => cluster().namespace('differential'), until }, await cluster().namespace('differential'));
  const modelled = new Api(model, await model.namespace());
  let scriptCount = 0;
  await fc.assert(
    fc.asyncProperty(scripts(15), async (script) => {
      const mark = String(scriptCount++);
      expect(await played(modelled, script, mark)).toEqual(await played(real, script, mark));
    }),
    { numRuns: 200 },
  );
});
