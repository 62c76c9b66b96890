import { Box, Flex, Link, Typography } from '@strapi/design-system';
import { Link as RouterLink } from 'react-router-dom';

import type { MapNode } from '../../../shared/contracts';
import { useFormat } from '../shared/format';
import { Hint } from '../shared/Hint';
import { PlainTable } from '../shared/PlainTable';
import { pathOf } from '../shared/titles';
import type { Cluster, ContentGraph } from './contentGraph';

const MAX_CLUSTERS = 20;
const MAX_ISLANDS = 50;

interface MapTablesProps {
  content: ContentGraph;
  uid: string;
  locale: string | null;
}

/** The map in words: what is connected, and what stands alone. */
export function MapTables({ content: { clusters, islands }, uid, locale }: MapTablesProps) {
  const format = useFormat();
  const linkTo = ({ documentId, title }: MapNode) => (
    <Link tag={RouterLink} to={pathOf(uid, documentId, locale ?? undefined)}>
      {title || format('untitled')}
    </Link>
  );
  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      <Box tag="section">
        <Typography variant="delta" tag="h2">
          {format('map.clusters')}
        </Typography>
        <PlainTable>
          <thead>
            <tr>
              {['map.cluster', 'map.entries', 'map.most'].map((id) => (
                <th key={id} scope="col">
                  <Typography variant="sigma">{format(id)}</Typography>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {clusters.slice(0, MAX_CLUSTERS).map(({ name, nodes }) => (
              <tr key={nodes[0].documentId}>
                <td>
                  <Typography>{name}</Typography>
                </td>
                <td>
                  <Typography>{format.number(nodes.length)}</Typography>
                </td>
                <td>{linkTo(mostSuggested(nodes))}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Box>
      <Box tag="section">
        <Typography variant="delta" tag="h2">
          {format('map.islands')}
        </Typography>
        <Hint>{format(islands.length > 0 ? 'map.islands.hint' : 'map.islands.none')}</Hint>
        <ul>
          {islands.slice(0, MAX_ISLANDS).map((nodes) => (
            <li key={nodes[0].documentId}>
              <Flex gap={2} wrap="wrap">
                {nodes.map((node) => (
                  <span key={node.documentId}>{linkTo(node)}</span>
                ))}
              </Flex>
            </li>
          ))}
        </ul>
        {islands.length > MAX_ISLANDS && (
          <Hint>{format('map.islands.more', { count: islands.length - MAX_ISLANDS })}</Hint>
        )}
      </Box>
    </Flex>
  );
}

const mostSuggested = (nodes: Cluster['nodes']): MapNode =>
  nodes.reduce((most, node) => (node.appearsOn > most.appearsOn ? node : most));
