import type { History } from './history';
import type { RequestFault } from './network/faults';
import type { SandboxAction } from './sandboxes/actions';
import { controllers } from './sandboxes/controller';
import { sandboxSetup } from './sandboxes/setup';
import { simulate } from './simulate';

jest.setTimeout(60_000);

const setup = sandboxSetup(controllers);
const CLAIM = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const SPEC = {
  podTemplate: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image: 'i', ports: [{ containerPort: 8080 }] }] } },
  volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: CLAIM }],
  service: true,
};

/** The life of a Sandbox: created, changed, suspended, resumed, expired. */
const LIFE: ReadonlyArray<{ readonly afterMs: number; readonly action: SandboxAction }> = [
  { afterMs: 10, action: { do: 'create', kind: 'Sandbox', name: 'a', spec: SPEC } },
  { afterMs: 20_000, action: { do: 'patch', kind: 'Sandbox', name: 'a', body: { spec: { podTemplate: { metadata: { labels: { app: 'y' } } } } } } },
  { afterMs: 20_000, action: { do: 'patch', kind: 'Sandbox', name: 'a', body: { spec: { operatingMode: 'Suspended' } } } },
  { afterMs: 60_000, action: { do: 'patch', kind: 'Sandbox', name: 'a', body: { spec: { operatingMode: 'Running' } } } },
  { afterMs: 20_000, action: { do: 'expire', name: 'a', inMs: 1000, policy: 'Delete' } },
];

const lifeWith = (seed: number, faults: History<SandboxAction>['faults']): History<SandboxAction> => ({
  seed,
  actions: LIFE,
  faults,
  mishaps: [],
  lives: ['ready'],
});

describe('a controller that dies at a write', () => {
  it.each<[string, RequestFault]>([
    ['before it is sent', 'crashBefore'],
    ['while it is on its way', 'crashInFlight'],
    ['before the answer is seen', 'crashAfter'],
  ])('%s, whichever it is, loses nothing', async (_, fault) => {
    const { violation: withoutFault, writes } = await simulate(lifeWith(1, []), setup);
    expect(withoutFault).toBeUndefined();
    const found: string[] = [];
    for (let nth = 0; nth < writes; nth++) {
      for (let seed = 1; seed <= 2; seed++) {
        const { violation } = await simulate(lifeWith(seed, [{ nth, of: 'write', fault }]), setup);
        if (violation !== undefined) found.push(`write ${nth}, seed ${seed}: ${violation}`);
      }
    }
    // A life has at least: volume, Pod, Service, their statuses, suspension, a second Pod, expiry in two steps and the end.
    expect(writes).toBeGreaterThan(12);
    expect(found).toEqual([]);
  });
});
