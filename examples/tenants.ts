import { App, Chart, Size } from 'cdk8s';
import { AgentSandboxTenant, Isolation, SandboxFleet } from 'cdk8s-agent-sandbox';
import * as kplus from 'cdk8s-plus-28';

/** A team, and how many Sandboxes it may have. */
interface TeamProps {
  readonly sandboxes: number;
  readonly stock: number;
}

/** One file for each team: a namespace with limits, who may do what in it, and a stock of Sandboxes. */
class Team extends Chart {
  public constructor(scope: App, name: string, { sandboxes, stock }: TeamProps) {
    super(scope, name, { namespace: name });
    const tenant = new AgentSandboxTenant(this, 'tenant', {
      name,
      quota: { sandboxes, pods: sandboxes, memory: Size.gibibytes(sandboxes), storage: Size.gibibytes(10 * sandboxes) },
      limits: { defaultCpu: kplus.Cpu.millis(500), defaultMemory: Size.gibibytes(1), maxMemory: Size.gibibytes(4) },
    });
    // The names of groups come from the identity provider.
    tenant.grantClaim(kplus.Group.fromName(this, 'developers', name));
    tenant.grantManagePools(kplus.Group.fromName(this, 'leads', `${name}-leads`));
    tenant.grantSuspend(kplus.Group.fromName(this, 'on-call', 'on-call'));

    new SandboxFleet(this, 'python', {
      metadata: { name: 'python' },
      replicas: stock,
      isolation: Isolation.GVISOR,
      securityContext: { user: 1000 },
      containers: [{ image: 'ghcr.io/acme/interpreter:3.14', portNumber: 8888, resources: { memory: { limit: Size.gibibytes(1) } } }],
    });
  }
}

const app = new App();
new Team(app, 'team-red', { sandboxes: 50, stock: 10 });
new Team(app, 'team-blue', { sandboxes: 200, stock: 40 });
app.synth();
