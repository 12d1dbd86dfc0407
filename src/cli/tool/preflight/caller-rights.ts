import { failed, ok, type Finding } from './finding';
import { EVERYTHING, RIGHTS_TO_GRANT, rightsOfController, rightsToApply, rightText, type Right } from './rights';

/** Asks whether the caller may do something. */
type May = (right: Right) => Promise<boolean>;

/** Whether the caller may apply the installation: its objects, and the roles that it gives to the controller. */
export async function lookAtCallerRights(may: May, namespace: string): Promise<readonly Finding[]> {
  if (await may(EVERYTHING)) return [ok('the caller may do everything')];
  const deniedOf = async (rights: readonly Right[]): Promise<readonly Right[]> => {
    const answers = await Promise.all(rights.map((right) => may(right)));
    return rights.filter((_, index) => answers[index] === false);
  };
  const objects = await deniedOf(rightsToApply(namespace));
  const mayGrantAll = (await deniedOf(RIGHTS_TO_GRANT)).length === 0;
  const grants = mayGrantAll ? [] : await deniedOf(rightsOfController(namespace));
  return [
    objects.length === 0
      ? ok('the caller may apply every object of the installation')
      : failed(`the caller may not ${listed(objects)}`, 'apply as somebody who may, such as a cluster-admin'),
    grants.length === 0
      ? ok('the caller may grant the rights of the controller')
      : failed(
          `the caller cannot give the controller what they may not do themselves: ${listed(grants)}`,
          'apply as a cluster-admin, or as somebody who may "escalate" and "bind" clusterroles',
        ),
  ];
}

// More would hide the rest of the report; who may not do these is not the one to apply it.
const SHOWN = 8;

function listed(rights: readonly Right[]): string {
  const more = rights.length > SHOWN ? `, and ${rights.length - SHOWN} more` : '';
  return rights.slice(0, SHOWN).map(rightText).join(', ') + more;
}
