import { orderOf, type Order } from './options';
import { UserError } from './user-error';
import { SIZES } from './workloads/sizes';
import { WORKLOADS } from './workloads/table';

/** The order of a command line that is one. */
function ordered(line: string): Order {
  const order = orderOf(line === '' ? [] : line.split(' '));
  if (typeof order === 'string') throw new Error(`${line} asks for a text`);
  return order;
}
const names = ({ workloads }: Order): readonly string[] => workloads.map(({ name }) => name);

test('without arguments everything is done, on kwok, and written where it is published', () => {
  const order = ordered('');
  expect(names(order)).toEqual(WORKLOADS.map(({ name }) => name));
  expect(order).toMatchObject({ nodes: 'kwok', flags: [], out: 'docs/performance', sizes: { idle: 10_000, rates: [10, 20, 40, 60, 75] } });
});

test('what is named is done in the order of the table, and not published', () => {
  const order = ordered('rest serial --nodes player --rates 5,7 --serial 3');
  expect(names(order)).toEqual(['serial', 'rest']);
  expect(order).toMatchObject({ nodes: 'player', out: 'dist/bench', sizes: { rates: [5, 7], serial: 3, claims: 300 } });
  expect(orderOf(['--flags', '--a=1  --b'])).toMatchObject({ flags: ['--a=1', '--b'] });
});

test('with the controller of a cluster nothing is done that starts or stops it', () => {
  const line = '--no-controller --kubeconfig k --audit-log a --controller-user u --metrics-url http://m/metrics --controller-pid 7 --out o';
  const order = ordered(line);
  expect(names(order)).toEqual(WORKLOADS.map(({ name }) => name).filter((name) => name !== 'restart'));
  const given = { kubeconfig: 'k', namespace: 'agent-sandbox-bench', auditLog: 'a', controllerUser: 'u', metricsUrl: 'http://m/metrics', controllerPid: 7 };
  expect(order).toMatchObject({ given, out: 'o' });
  expect(ordered('--no-controller --kubeconfig k').out).toBe('dist/bench');
});

test('help names every option, every size and its default, and the list names every workload', () => {
  const help = orderOf(['serial', '--help']);
  for (const { option, usual } of Object.values(SIZES)) expect(help).toMatch(new RegExp(`--${option} .*default ${String(usual)}\\)`));
  const list = orderOf(['--list']);
  for (const { name, about } of WORKLOADS) expect(list).toMatch(new RegExp(`^ +${name} +${about}$`, 'm'));
});

test.each([
  ['bursts', 'workload bursts: found no such one; did you mean burst?; --list names them'],
  ['--clams 3', "Unknown option '--clams'; did you mean --claims?; --help explains"],
  ['--claims 0', '--claims 0: expected a whole number from 1 on'],
  ['--claims 1.5', '--claims 1.5: expected a whole number from 1 on'],
  ['--rates 10,x', '--rates x: expected a whole number from 1 on'],
  ['--nodes kind', '--nodes kind: expected kwok or player'],
  ['--kubeconfig k', '--kubeconfig: is for a cluster that is given; give --no-controller too, or leave it out'],
  ['--no-controller', '--no-controller: expected --kubeconfig FILE with it, the cluster whose controller is to be measured'],
  ['--no-controller --kubeconfig k restart', 'workload restart: starts and stops the controller, which --no-controller forbids; leave one of the two out'],
  ['--no-controller --kubeconfig k --nodes kwok', '--nodes: is for a controller that the bench starts; leave it or --no-controller out'],
  ['--no-controller --kubeconfig k --audit-log a', '--audit-log and --controller-user: expected both or none'],
  ['--no-controller --kubeconfig k --metrics-url m:1', '--metrics-url m:1: expected a URL such as http://127.0.0.1:8080/metrics'],
  ['--no-controller --kubeconfig k --controller-pid x', '--controller-pid x: expected a whole number from 1 on'],
])('%s is a mistake, and says which', (line, message) => {
  expect(() => ordered(line)).toThrow(new UserError(message));
});
