import { type Principal, permits } from '../../kernel/principal.ts';
import type { LiveView } from '../live-view/live-view.ts';

/**
 * Whether a caller that was authenticated a while ago would be again, and still holds a permission. `unknown` while the live view is not
 * fresh: then nothing is shown.
 */
export function standingOf(
  liveView: LiveView,
): (principal: Principal, permission: string) => 'good' | 'over' | 'unknown' {
  return ({ actor, credentialId, tenant }, permission) => {
    if (!liveView.fresh()) return 'unknown';
    if (actor.type === 'system') return 'good';
    const user = liveView.user(tenant, actor.id);
    const open = credentialId !== undefined && liveView.session(tenant, credentialId, actor.id) === 'open';
    const stands = open && user?.status === 'active' && permits(user.permissions, permission);
    return stands && liveView.tenant(tenant)?.status === 'active' ? 'good' : 'over';
  };
}
