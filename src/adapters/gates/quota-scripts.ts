/**
 * One tenant's meter in Redis, under keys that share a hash tag:
 *
 * - `used:<month>` units committed in the month
 * - `held` reservation ids by the time they end, in milliseconds
 * - `cost` `<month> <units> <holders>` by reservation id: those who ask at the same time by the same idempotency key share one
 * - `done` ids of committed reservations that may be asked for again, by time
 * - `told:<month>` stands while the month's units have lately been compared with the read model's
 */
export const keyParts = ['used', 'held', 'cost', 'done', 'told'] as const;

const dayMs = 86_400_000;

/** Milliseconds by Redis' own clock, which all processes share; ends what was held too long; the month's units still held. */
const common = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  -- Whoever held it may have died between writing and saying so: the log knows.
  redis.call('DEL', KEYS[5])
end
local function pending(month)
  local sum = 0
  for _, entry in ipairs(redis.call('HVALS', KEYS[3])) do
    local of, units = string.match(entry, '^(%S+) (%d+) %d+$')
    if of == month then sum = sum + tonumber(units) end
  end
  return sum
end
`;

/** ARGV: id, month, cost, limit, milliseconds to hold, 1 to do without a recent comparison. Gives {-1 not known | 0 no | 1 yes, units}. */
export const reserveScript = `${common}
local known = redis.call('EXISTS', KEYS[5]) == 1 or (ARGV[6] == '1' and redis.call('EXISTS', KEYS[1]) == 1)
if not known then return {-1, 0} end
local month, cost = ARGV[2], tonumber(ARGV[3])
local taken = tonumber(redis.call('GET', KEYS[1]) or '0') + pending(month)
local committed = redis.call('ZSCORE', KEYS[4], ARGV[1])
if committed and tonumber(committed) > now - ${dayMs} then return {1, taken} end
local entry = redis.call('HGET', KEYS[3], ARGV[1])
if entry then
  local held, holders = string.match(entry, '^(%S+ %d+) (%d+)$')
  redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), ARGV[1])
  redis.call('HSET', KEYS[3], ARGV[1], held .. ' ' .. holders + 1)
  return {1, taken}
end
if taken + cost > tonumber(ARGV[4]) then return {0, taken} end
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[5]), ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], month .. ' ' .. cost .. ' 1')
return {1, taken + cost}
`;

/** ARGV: id, 1 to remember it, the prefix of the months' used units. A reservation that is gone has Redis compare anew before the next one. */
export const commitScript = `${common}
local entry = redis.call('HGET', KEYS[3], ARGV[1])
if not entry then
  if not redis.call('ZSCORE', KEYS[4], ARGV[1]) then redis.call('DEL', KEYS[5]) end
  return 0
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
local month, units = string.match(entry, '^(%S+) (%d+) %d+$')
local used = ARGV[3] .. month
redis.call('INCRBY', used, units)
redis.call('PEXPIRE', used, ${40 * dayMs})
if ARGV[2] == '1' then
  redis.call('ZADD', KEYS[4], now, ARGV[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - ${dayMs})
  redis.call('PEXPIRE', KEYS[4], ${dayMs})
end
return 1
`;

/** ARGV: id. What others hold too stays held. */
export const releaseScript = `${common}
local entry = redis.call('HGET', KEYS[3], ARGV[1])
if not entry then return 0 end
local held, holders = string.match(entry, '^(%S+ %d+) (%d+)$')
if tonumber(holders) > 1 then
  redis.call('HSET', KEYS[3], ARGV[1], held .. ' ' .. holders - 1)
  return 0
end
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[3], ARGV[1])
`;

/**
 * ARGV: month, units by the read model, milliseconds until the next comparison. Raises what is counted here, never lowers it: units of a
 * reservation not yet committed here may stand in the read model already.
 */
export const compareScript = `${common}
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local missing = tonumber(ARGV[2]) - used - pending(ARGV[1])
if missing > 0 then used = used + missing end
redis.call('SET', KEYS[1], used, 'PX', ${40 * dayMs})
redis.call('SET', KEYS[5], '1', 'PX', ARGV[3])
return used
`;
