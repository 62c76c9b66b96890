import { Box } from '@strapi/design-system';
import { useEffect, useState, type ReactNode, type RefObject } from 'react';
import { createPortal } from 'react-dom';
import { styled } from 'styled-components';

const Layer = styled(Box)`
  position: fixed;
  z-index: ${({ theme }) => theme.zIndices.popover};
  max-height: 32rem;
  max-width: calc(100vw - 1.6rem);
  overflow: auto;
`;

interface BelowProps {
  anchor: RefObject<HTMLElement>;
  children: ReactNode;
}

/** Content below an element, beyond the edges of what scrolls. The first releases of Strapi 5 have nothing for that. */
export function Below({ anchor, children }: BelowProps) {
  const [, setMoved] = useState(0);
  useEffect(() => {
    const follow = () => setMoved((count) => count + 1);
    window.addEventListener('scroll', follow, { capture: true, passive: true });
    window.addEventListener('resize', follow);
    return () => {
      window.removeEventListener('scroll', follow, { capture: true });
      window.removeEventListener('resize', follow);
    };
  }, []);
  const { bottom = 0, right = 0 } = anchor.current?.getBoundingClientRect() ?? {};
  const style = { top: bottom + 4, right: Math.max(8, window.innerWidth - right) };
  return createPortal(
    <Layer
      background="neutral0"
      borderColor="neutral150"
      hasRadius
      shadow="filterShadow"
      style={style}
    >
      {children}
    </Layer>,
    document.body,
  );
}
