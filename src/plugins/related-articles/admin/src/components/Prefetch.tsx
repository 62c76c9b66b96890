import { useFindRelatedTypesQuery } from '../services/api';
import { useMaySee } from '../permissions';

/** In the list of entries: finds out which types have a panel before one of them is opened. */
export function Prefetch() {
  const maySee = useMaySee();
  useFindRelatedTypesQuery(undefined, { skip: !maySee });
  return null;
}
