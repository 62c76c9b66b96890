import { Box } from '@strapi/design-system';
import { useEffect, useState, type ReactNode, type RefObject } from 'react';
import { createPortal } from 'react-dom';
import { styled } from 'styled-components';

const Layer = styled(Box)`
  position: fixed;
  z-index: ${({ theme }) => theme.zIndices.popover};
  max-width: calc(100vw - 1.6rem);
  overflow: auto;
`;

/** In pixels: the least room that it takes, and its distance from the element and from the window's edges. */
const LEAST_ROOM = 200;
const GAP = 4;
const EDGE = 8;

interface BelowProps {
  anchor: RefObject<HTMLElement>;
  children: ReactNode;
}

/**
 * Shows content below an element, or above it if there is more room, even beyond the edges of scrolling containers. The
 * first releases of Strapi 5 have nothing for that.
 */
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
  const { top = 0, bottom = 0, right = 0 } = anchor.current?.getBoundingClientRect() ?? {};
  const { innerHeight, innerWidth } = window;
  const below = innerHeight - bottom;
  const isAbove = below < LEAST_ROOM && top > below;
  const room = Math.max(0, (isAbove ? top : below) - GAP - EDGE);
  const style = {
    ...(isAbove ? { bottom: innerHeight - top + GAP } : { top: bottom + GAP }),
    right: Math.max(EDGE, innerWidth - right),
    maxHeight: `min(32rem, ${room}px)`,
  };
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
