import { CONDITION, SANDBOX_REASON, TERMINAL_CLAIM_REASONS, TERMINAL_SANDBOX_REASONS } from '../../api/conditions';
import { SANDBOX, SANDBOX_CLAIM, SANDBOX_TEMPLATE, SANDBOX_WARM_POOL, type Kind } from '../../api/kinds';

// Argo CD runs Lua 5.1 without libraries; each script stands alone, takes `obj` and returns { status, message }.

const set = (reasons: readonly string[]): string => `{ ${reasons.map((reason) => `${reason} = true`).join(', ')} }`;

/**
 * `condition(name)` is the condition of that type, or nil when it speaks of an older generation than the object has.
 * A condition without observedGeneration counts as current, as in kstatus.
 */
const CONDITIONS = `local function condition(name)
  if obj.status == nil or obj.status.conditions == nil then return nil end
  for _, c in ipairs(obj.status.conditions) do
    local seen = c.observedGeneration or obj.metadata.generation or 0
    if c.type == name and seen >= (obj.metadata.generation or 0) then return c end
  end
  return nil
end
local function health(status, message)
  return { status = status, message = message or "" }
end
local ready = condition("${CONDITION.ready}")
if ready == nil then return health("Progressing", "Waiting for the controller to report on this generation") end
`;

const SANDBOX_HEALTH = `${CONDITIONS}local terminal = ${set(TERMINAL_SANDBOX_REASONS)}
if ready.status == "False" and terminal[ready.reason] then return health("Degraded", ready.message) end
if obj.spec ~= nil and obj.spec.operatingMode == "Suspended" then
  local suspended = condition("${CONDITION.suspended}")
  if suspended ~= nil and suspended.status == "True" then return health("Suspended", suspended.message) end
  return health("Progressing", ready.message)
end
if ready.status == "True" then return health("Healthy", ready.message) end
return health("Progressing", ready.message)
`;

const CLAIM_HEALTH = `${CONDITIONS}local terminal = ${set(TERMINAL_CLAIM_REASONS)}
if ready.status == "True" then return health("Healthy", ready.message) end
if ready.status == "False" and terminal[ready.reason] then return health("Degraded", ready.message) end
if ready.reason == "${SANDBOX_REASON.sandboxSuspended}" then return health("Suspended", ready.message) end
return health("Progressing", ready.message)
`;

/** An unschedulable member is reported as an event, which a health check cannot see: such a pool stays Progressing. */
const POOL_HEALTH = `local replicas = 1
if obj.spec ~= nil and obj.spec.replicas ~= nil then replicas = obj.spec.replicas end
local generation = obj.metadata.generation or 0
if replicas == 0 then return { status = "Suspended", message = "The pool is scaled to zero" } end
if obj.status == nil or (obj.status.observedGeneration or generation) < generation then
  return { status = "Progressing", message = "Waiting for the controller to report on this generation" }
end
local ready = obj.status.readyReplicas or 0
local message = ready .. " of " .. replicas .. " members are ready"
if ready >= replicas then return { status = "Healthy", message = message } end
return { status = "Progressing", message = message }
`;

const TEMPLATE_HEALTH = `return { status = "Healthy", message = "A template has no status" }
`;

/** The health check of each kind (spec 13 §12.3). */
export const HEALTH_LUA: ReadonlyArray<{ readonly kind: Kind; readonly lua: string }> = [
  { kind: SANDBOX, lua: SANDBOX_HEALTH },
  { kind: SANDBOX_CLAIM, lua: CLAIM_HEALTH },
  { kind: SANDBOX_WARM_POOL, lua: POOL_HEALTH },
  { kind: SANDBOX_TEMPLATE, lua: TEMPLATE_HEALTH },
];
