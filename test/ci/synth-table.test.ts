import { tableOf } from '../../.ci/synth-table';

test('the table counts objects by kind and bytes by file', () => {
  const text = 'kind: Pod\nmetadata:\n  kind: not-this\n---\nkind: Pod\n---\nkind: Service\n';
  expect(tableOf([{ file: 'dist/a.yaml', text }])).toBe(['file         objects  bytes  kinds', 'dist/a.yaml  3        69     2 Pod, Service'].join('\n'));
});
