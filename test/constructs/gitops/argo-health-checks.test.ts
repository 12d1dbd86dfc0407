import { Chart, Testing } from 'cdk8s';
import { lauxlib, lua, lualib, to_jsstring, to_luastring, type LuaState } from 'fengari';
import { ArgoHealthChecks } from '../../../src/constructs/gitops/argo-health-checks';
import { HEALTH_CASES } from './health-cases';

/** Puts a JSON value on Lua's stack, lists from 1 as Argo CD does. */
function push(state: LuaState, value: unknown): void {
  if (typeof value === 'string') lua.lua_pushstring(state, to_luastring(value));
  else if (typeof value === 'number') lua.lua_pushinteger(state, value);
  else if (typeof value === 'boolean') lua.lua_pushboolean(state, value);
  else if (typeof value === 'object' && value !== null) {
    lua.lua_newtable(state);
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      if (Array.isArray(value)) lua.lua_pushinteger(state, Number(key) + 1);
      else lua.lua_pushstring(state, to_luastring(key));
      push(state, member);
      lua.lua_settable(state, -3);
    }
  } else lua.lua_pushnil(state);
}

/** The status that a health check returns for an object. Only the base library is there, as little as Argo CD offers. */
function healthOf(script: string, object: object): string {
  const state = lauxlib.luaL_newstate();
  lauxlib.luaL_requiref(state, to_luastring('_G'), lualib.luaopen_base, 1);
  lua.lua_settop(state, 0);
  push(state, object);
  lua.lua_setglobal(state, to_luastring('obj'));
  if (lauxlib.luaL_dostring(state, to_luastring(script)) !== lua.LUA_OK) throw new Error(to_jsstring(lua.lua_tostring(state, -1)));
  lua.lua_getfield(state, -1, to_luastring('status'));
  return to_jsstring(lua.lua_tostring(state, -1));
}

const scriptOf = (kind: string): string => {
  const key = Object.keys(ArgoHealthChecks.data()).find((name) => name.endsWith(`_${kind}`));
  return (key && ArgoHealthChecks.data()[key]) ?? '';
};

test.each(HEALTH_CASES)('$name is $health', ({ kind, object, health }) => {
  expect(healthOf(scriptOf(kind), object)).toBe(health);
});

test.each(['Sandbox', 'SandboxClaim', 'SandboxWarmPool'])('a %s that has no status at all is Progressing', (kind) => {
  expect(healthOf(scriptOf(kind), { metadata: { name: 'a', generation: 1 }, spec: {} })).toBe('Progressing');
});

test('the ConfigMap is the one Argo CD reads, with one key per kind', () => {
  const chart = new Chart(Testing.app(), 'test');
  new ArgoHealthChecks(chart, 'health');
  const [map] = Testing.synth(chart) as [{ metadata: unknown; data: object }];
  expect(map).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'argocd', labels: { 'app.kubernetes.io/part-of': 'argocd' } },
  });
  expect(Object.keys(map.data).sort()).toEqual([
    'resource.customizations.health.agents.x-k8s.io_Sandbox',
    'resource.customizations.health.extensions.agents.x-k8s.io_SandboxClaim',
    'resource.customizations.health.extensions.agents.x-k8s.io_SandboxTemplate',
    'resource.customizations.health.extensions.agents.x-k8s.io_SandboxWarmPool',
  ]);
});

test('another namespace and name can be chosen', () => {
  const chart = new Chart(Testing.app(), 'test');
  new ArgoHealthChecks(chart, 'health', { namespace: 'gitops', configMapName: 'argocd-cm-extra' });
  expect(Testing.synth(chart)).toMatchObject([{ metadata: { name: 'argocd-cm-extra', namespace: 'gitops' } }]);
});
