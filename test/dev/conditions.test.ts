import { condition, sandbox } from '../controllers/sandbox/world';
import { isReady, tableOf } from './conditions';

test('the table has the conditions of each object in columns, and Ready last', () => {
  const conditions = [condition('Ready', 'False', 'DependenciesNotReady', 'Pod does not exist'), condition('Suspended', 'False', 'NotSuspended', 'no')];
  const object = { ...sandbox({}, { status: { conditions } }), kind: 'Sandbox' };
  expect(tableOf([object])).toEqual([
    'Sandbox team/alice',
    '  Suspended  False  NotSuspended          no',
    '  Ready      False  DependenciesNotReady  Pod does not exist',
  ]);
  expect(isReady(object)).toBe(false);
  expect(isReady({ ...object, status: { conditions: [condition('Ready', 'True', 'DependenciesReady')] } })).toBe(true);
  expect(tableOf([{ ...sandbox(), kind: 'Sandbox' }])).toEqual(['Sandbox team/alice']);
});
