import { TextButton } from '@strapi/design-system';

import { useFormat } from './format';

interface AllowAgainProps {
  /** The title of the entry. */
  title: string;
  onClick(): void;
}

/** Brings back what was removed from a list. A text button: as an arrow, it looked like undo. */
export function AllowAgain({ title, onClick }: AllowAgainProps) {
  const format = useFormat();
  return (
    <TextButton
      data-control="pin"
      style={{ minHeight: '2.4rem', whiteSpace: 'nowrap' }}
      aria-label={format('action.restore', { title })}
      // The next one may move up under the mouse: a double click would bring it back as well.
      onClick={(event) => event.detail < 2 && onClick()}
    >
      {format('allow')}
    </TextButton>
  );
}
