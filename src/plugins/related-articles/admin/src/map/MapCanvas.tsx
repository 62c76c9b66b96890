import { Box } from '@strapi/design-system';
import { useEffect, useRef, useState } from 'react';
import Sigma from 'sigma';
import { useTheme } from 'styled-components';

import type { MapNode } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';
import type { ContentGraph, NodeAttributes } from './contentGraph';
import { layOut } from './layOut';

interface MapCanvasProps {
  content: ContentGraph;
  /** Entries that match the search: the others fade. `null` without a search. */
  found: ReadonlySet<string> | null;
  onOpen(node: MapNode): void;
  /** Grows each time the whole map must be shown. */
  shown: number;
}

/** The graph, drawn by WebGL: 2,000 entries move smoothly. */
export function MapCanvas({ content, found, onOpen, shown }: MapCanvasProps) {
  const format = useFormat();
  const { colors } = useTheme();
  const container = useRef<HTMLDivElement>(null);
  const renderer = useRef<Sigma<NodeAttributes> | null>(null);
  const hovered = useRef<string | null>(null);
  const looked = useRef(found);
  const open = useRef(onOpen);
  open.current = onOpen;
  const [isImpossible, setImpossible] = useState(false);
  const { graph } = content;

  useEffect(() => {
    const element = container.current;
    if (!element) return undefined;
    let drawn: Sigma<NodeAttributes>;
    try {
      drawn = new Sigma(graph, element, {
        labelColor: { color: colors.neutral800 },
        labelSize: 13,
        labelRenderedSizeThreshold: graph.order > 300 ? 5 : 9,
        defaultEdgeColor: colors.neutral200,
        zIndex: true,
        allowInvalidContainer: true,
      });
    } catch {
      setImpossible(true);
      return undefined;
    }
    renderer.current = drawn;
    const isNear = (key: string) =>
      hovered.current === null || key === hovered.current || graph.areNeighbors(key, hovered.current); // prettier-ignore
    const isFound = (key: string) => looked.current === null || looked.current.has(key);
    drawn.setSetting('nodeReducer', (key, { color, ...node }) => {
      const isClear = isNear(key) && isFound(key);
      const isLit = hovered.current !== null && isNear(key);
      return {
        ...node,
        color: isClear ? color : colors.neutral200,
        label: isClear ? node.label : null,
        forceLabel: isLit || (looked.current !== null && isFound(key) && looked.current.size < 20),
        zIndex: isClear ? 1 : 0,
      };
    });
    drawn.setSetting('edgeReducer', (key, edge) => {
      if (hovered.current === null) return edge;
      const isOwn = graph.hasExtremity(key, hovered.current);
      return { ...edge, hidden: !isOwn, color: colors.primary500 };
    });
    const hover = (key: string | null) => {
      hovered.current = key;
      element.style.cursor = key === null ? 'default' : 'pointer';
      drawn.refresh({ skipIndexation: true });
    };
    drawn.on('enterNode', ({ node }) => hover(node));
    drawn.on('leaveNode', () => hover(null));
    drawn.on('clickNode', ({ node }) => open.current(graph.getNodeAttribute(node, 'node')));
    const end = layOut(graph, () => element.setAttribute('data-is-done', 'true'));
    return () => {
      end();
      drawn.kill();
      renderer.current = null;
    };
  }, [colors, graph]);

  useEffect(() => {
    looked.current = found;
    renderer.current?.refresh({ skipIndexation: true });
    const [first] = found?.size === 1 ? [...found] : [];
    if (found && !first) void renderer.current?.getCamera().animatedReset();
    const place = first && renderer.current?.getNodeDisplayData(first);
    if (place) void renderer.current?.getCamera().animate({ x: place.x, y: place.y, ratio: 0.3 });
  }, [found]);

  useEffect(() => {
    if (shown > 0) void renderer.current?.getCamera().animatedReset();
  }, [shown]);

  if (isImpossible) return <Hint>{format('map.impossible')}</Hint>;
  return (
    <Box
      ref={container}
      role="img"
      aria-label={format('map.label', { count: graph.order })}
      background="neutral0"
      hasRadius
      shadow="tableShadow"
      width="100%"
      height="min(64rem, 70vh)"
    />
  );
}
