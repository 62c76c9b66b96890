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
      onClick={onClick}
    >
      {format('allow')}
    </TextButton>
  );
}
