import { useTypes } from './useTypes';
import { useMaySee } from '../permissions';

/** In the list of entries: finds out which types have a panel before one of them is opened. */
export function Prefetch() {
  useTypes(useMaySee());
  return null;
}
