import { Box, TextButton } from '@strapi/design-system';
import { ChevronDown, ChevronUp } from '@strapi/icons';
import { useId, useState, type ReactNode } from 'react';

interface DisclosureProps {
  label: string;
  children: ReactNode;
}

/** A button that shows and hides what is below it. */
export function Disclosure({ label, children }: DisclosureProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <Box>
      <TextButton
        aria-expanded={isOpen}
        aria-controls={id}
        style={{ textAlign: 'start' }}
        endIcon={isOpen ? <ChevronUp /> : <ChevronDown />}
        onClick={() => setOpen(!isOpen)}
      >
        {label}
      </TextButton>
      <Box id={id} hidden={!isOpen} paddingTop={1}>
        {isOpen && children}
      </Box>
    </Box>
  );
}
