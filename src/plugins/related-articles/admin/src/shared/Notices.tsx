import { Alert, Box, Flex } from '@strapi/design-system';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { styled } from 'styled-components';

import { useFormat } from './format';

/** How long a notice of success that needs no answer stays, in milliseconds. */
const STAYS_MS = 6000;

const Corner = styled(Box)`
  position: fixed;
  bottom: ${({ theme }) => theme.spaces[6]};
  left: 50%;
  transform: translateX(-50%);
  z-index: ${({ theme }) => theme.zIndices.notification};
  width: max-content;
  max-width: min(48rem, calc(100vw - 3.2rem));
`;

export interface NoticeProps {
  tone: 'success' | 'warning' | 'danger';
  text: string;
  /** Buttons of a notice that stays until one is pressed or it is closed. */
  actions?: ReactNode;
  /** Buttons of a notice that disappears by itself. */
  passing?: ReactNode;
  onClose(): void;
}

/**
 * Shows the result of a change at the bottom of the window, so that nothing on the page moves. The region is always
 * there, because screen readers announce only what changes in a region that they know.
 */
export function Notices({ notice }: { notice: NoticeProps | null }) {
  return createPortal(
    <Corner role="status">{notice && <Notice {...notice} key={notice.text} />}</Corner>,
    document.body,
  );
}

function Notice({ tone, text, actions, passing, onClose }: NoticeProps) {
  const format = useFormat();
  const [isHeld, setHeld] = useState(false);
  const stays = isHeld || actions !== undefined || tone !== 'success';
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    if (stays) return undefined;
    const timer = setTimeout(() => close.current(), STAYS_MS);
    return () => clearTimeout(timer);
  }, [stays]);
  return (
    <div
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Alert
        variant={tone}
        closeLabel={format('dismiss')}
        onClose={onClose}
        action={(actions ?? passing) && <Flex gap={3}>{actions ?? passing}</Flex>}
      >
        {text}
      </Alert>
    </div>
  );
}
