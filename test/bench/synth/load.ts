/** A program of its own: prints the milliseconds of processor time that the package takes to load when cdk8s-plus-28 is there already. */
async function main(): Promise<void> {
  await import('cdk8s-plus-28');
  const before = process.cpuUsage();
  await import('cdk8s-agent-sandbox');
  const used = process.cpuUsage(before);
  process.stdout.write(JSON.stringify((used.user + used.system) / 1000));
}

void main();
