/** The part of fengari that the tests use; the package has no types. */
declare module 'fengari' {
  export type LuaState = { readonly lua: unique symbol };
  export type LuaString = { readonly luaString: unique symbol };
  type Loader = (state: LuaState) => number;
  export const lua: {
    readonly LUA_OK: number;
    lua_pushstring(state: LuaState, text: LuaString): void;
    lua_pushinteger(state: LuaState, value: number): void;
    lua_pushboolean(state: LuaState, value: boolean): void;
    lua_pushnil(state: LuaState): void;
    lua_newtable(state: LuaState): void;
    lua_settable(state: LuaState, index: number): void;
    lua_settop(state: LuaState, index: number): void;
    lua_setglobal(state: LuaState, name: LuaString): void;
    lua_getfield(state: LuaState, index: number, name: LuaString): void;
    lua_tostring(state: LuaState, index: number): LuaString;
  };
  export const lauxlib: {
    luaL_newstate(): LuaState;
    luaL_requiref(state: LuaState, name: LuaString, loader: Loader, global: number): void;
    luaL_dostring(state: LuaState, script: LuaString): number | boolean;
  };
  export const lualib: { readonly luaopen_base: Loader };
  export function to_luastring(text: string): LuaString;
  export function to_jsstring(text: LuaString): string;
}
