import { countOf, namesOf, PoolWorld, reasonsOf, said, settledPool } from './world';

const MINUTE_MS = 60_000;

// The numbers are the cases of spec 06 §14.
describe('members that do not become Ready', () => {
  test('6: are replaced after the grace period, by an own timer that tells when', () => {
    const world = new PoolWorld({ replicas: 1 });
    const pass = world.pass();
    expect(pass.againMs).toBeGreaterThanOrEqual(302_000);
    expect(pass.againMs).toBeLessThan(453_000);
    const before = namesOf(world);
    world.nowMs += 299_000;
    expect(world.pass().writes).toEqual([]);
    world.nowMs += 1000;
    expect(said(world.pass()).slice(0, 2)).toEqual(['DELETE Sandbox', 'POST Sandbox']);
    expect(namesOf(world)).not.toEqual(before);
  });

  test.each([
    ['more', 600, 599_000, 601_000],
    ['less', 60, 59_000, 61_000],
  ])('8: the pool may give %s time', (_, readinessGracePeriodSeconds, before, after) => {
    const world = new PoolWorld({ replicas: 1, readinessGracePeriodSeconds });
    world.pass();
    world.nowMs += before;
    expect(countOf(world.pass(), 'delete')).toBe(0);
    world.nowMs += after - before;
    expect(countOf(world.pass(), 'delete')).toBe(1);
  });

  test('one that was Ready for a day has the whole period again', () => {
    const world = settledPool(1);
    world.nowMs += 86_400_000;
    world.setReady(namesOf(world)[0] ?? '', 'False', 'DependenciesNotReady');
    world.nowMs += 299_000;
    expect(countOf(world.pass(), 'delete')).toBe(0);
    world.nowMs += 1000;
    expect(countOf(world.pass(), 'delete')).toBe(1);
  });

  test.each(['Unschedulable', 'SchedulingGated', 'InvalidConfiguration'])('7: %s ones are held, with one event, and one more when it is over', (reason) => {
    const world = new PoolWorld({ replicas: 3 });
    world.pass();
    const [name = '', ...others] = namesOf(world);
    world.becomeReady(...others);
    if (reason === 'InvalidConfiguration') world.setReady(name, 'False', reason);
    else world.cannotSchedule(reason, name);
    world.nowMs += 300_000;
    const pass = world.pass();
    expect([countOf(pass, 'delete'), pass.againMs, reasonsOf(world)]).toEqual([0, 60_000, ['WarmPoolNotProgressing']]);
    expect(world.events[0]?.note).toBe(
      '1/3 sandboxes are unschedulable past the 5m0s readiness grace period; holding them instead of replacing (replacements would be equally unschedulable)',
    );
    world.nowMs += 60_000;
    world.pass();
    world.becomeReady(name);
    world.pass();
    world.pass();
    expect(reasonsOf(world)).toEqual(['WarmPoolNotProgressing', 'WarmPoolProgressing']);
  });

  test('a Pod on its way out is no reason to hold its member', () => {
    const world = new PoolWorld({ replicas: 1 });
    world.pass();
    const [name = ''] = namesOf(world);
    world.setPod(name, { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] }, { deletionTimestamp: 'x' });
    world.nowMs += 300_000;
    expect(countOf(world.pass(), 'delete')).toBe(1);
  });

  test('7a: held ones are replaced when the template is corrected, whatever the strategy', () => {
    const world = new PoolWorld({ replicas: 2 });
    world.pass();
    const before = namesOf(world);
    world.cannotSchedule('Unschedulable', ...before);
    world.nowMs += 300_000;
    world.pass();
    world.template = world.templateOf({}, { podTemplate: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'main' }] } } });
    expect(countOf(world.pass(), 'delete')).toBe(0);
    world.template = world.templateOf({ nodeSelector: { disk: 'ssd' } });
    const pass = world.pass();
    expect([countOf(pass, 'delete'), countOf(pass, 'create'), reasonsOf(world)]).toEqual([2, 2, ['WarmPoolNotProgressing', 'WarmPoolProgressing']]);
  });

  test('after a restart the warning waits for a grace period', () => {
    const world = new PoolWorld({ replicas: 1 });
    world.pass();
    world.cannotSchedule('Unschedulable', ...namesOf(world));
    world.nowMs += 300_000;
    world.pass();
    world.restart();
    world.nowMs += 1000;
    expect([world.pass().againMs, reasonsOf(world).length]).toEqual([60_000, 1]);
    world.nowMs += 300_000;
    world.pass();
    expect(reasonsOf(world)).toEqual(['WarmPoolNotProgressing', 'WarmPoolNotProgressing']);
  });

  test('replacements in a row come more and more slowly, up to one an hour, until one member becomes Ready', () => {
    const world = new PoolWorld({ replicas: 2 });
    world.pass();
    const begin = world.nowMs;
    const replacedAtMinutes: number[] = [];
    const until = (minutes: number): void => {
      for (; world.nowMs - begin < minutes * MINUTE_MS; world.nowMs += MINUTE_MS)
        if (countOf(world.pass(), 'delete') > 0) replacedAtMinutes.push((world.nowMs - begin) / MINUTE_MS);
    };
    until(260);
    expect(replacedAtMinutes).toEqual([5, 10, 20, 40, 80, 140, 200]);
    world.becomeReady(namesOf(world)[0] ?? '');
    until(265);
    expect(replacedAtMinutes.slice(7)).toEqual([260]);
  });

  test('a restart forgets how slow they were, but does not hurry: what it replaced has its whole period, and then they slow down again', () => {
    const world = new PoolWorld({ replicas: 1 });
    const begin = world.nowMs;
    const replacedAtMinutes: number[] = [];
    const until = (minutes: number): void => {
      for (; world.nowMs - begin < minutes * MINUTE_MS; world.nowMs += MINUTE_MS)
        if (countOf(world.pass(), 'delete') > 0) replacedAtMinutes.push((world.nowMs - begin) / MINUTE_MS);
    };
    until(30);
    world.restart();
    until(75);
    expect(replacedAtMinutes).toEqual([5, 10, 20, 30, 35, 45, 65]);
  });
});
