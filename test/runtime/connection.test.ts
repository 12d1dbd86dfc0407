import { CredentialSource, type Credentials } from '../../src/runtime/connection';
import { VirtualClock } from '../support/virtual-clock';

const withToken = (token: string): Credentials => ({ headers: { authorization: token }, tls: {} });

/** A source that reads what the test puts there, and how often it was read. */
function sourceOf(clock = new VirtualClock()) {
  const world = { clock, token: 'a', broken: false, readings: [] as string[] };
  const source = new CredentialSource((afresh) => {
    world.readings.push(afresh ? 'afresh' : 'again');
    return world.broken ? Promise.reject(new Error('unreadable')) : Promise.resolve(withToken(world.token));
  }, clock);
  return { world, source };
}

test('credentials are read once in 30 s however many ask', async () => {
  const { world, source } = sourceOf();
  await Promise.all([source.credentials(), source.credentials()]);
  await world.clock.advance(29_999);
  await source.credentials();
  expect(world.readings).toEqual(['again']);
  await world.clock.advance(1);
  await source.credentials();
  expect(world.readings).toEqual(['again', 'again']);
});

test('what has not changed stays the same object, so that nobody opens new connections for it', async () => {
  const { world, source } = sourceOf();
  const first = await source.credentials();
  await world.clock.advance(30_000);
  expect(await source.credentials()).toBe(first);
  world.token = 'b';
  await world.clock.advance(30_000);
  expect(await source.credentials()).toEqual(withToken('b'));
});

test('what the server refused is read afresh, once for all who were refused', async () => {
  const { world, source } = sourceOf();
  const refused = await source.credentials();
  world.token = 'b';
  const renewed = await Promise.all([source.renew(refused), source.renew(refused)]);
  expect(renewed).toEqual([withToken('b'), withToken('b')]);
  expect(await source.renew(refused)).toBe(renewed[0]);
  expect(world.readings).toEqual(['again', 'afresh']);
});

test('what cannot be read is an error at first, and afterwards what was known stays', async () => {
  const { world, source } = sourceOf();
  world.broken = true;
  await expect(source.credentials()).rejects.toThrow('unreadable');
  world.broken = false;
  const known = await source.credentials();
  world.broken = true;
  await world.clock.advance(30_000);
  expect(await source.credentials()).toBe(known);
});
