import type { Schema, Struct } from '@strapi/strapi';

// Kinds of attributes that this project's own types lack, as `strapi ts:generate-types` writes them.

interface Image extends Struct.ComponentSchema {
  collectionName: 'components_shared_images';
  info: { displayName: 'image' };
  attributes: { caption: Schema.Attribute.String; file: Schema.Attribute.Media<'images'> };
}

interface Rich extends Struct.ComponentSchema {
  collectionName: 'components_shared_riches';
  info: { displayName: 'rich' };
  attributes: { words: Schema.Attribute.RichText };
}

interface Seo extends Struct.ComponentSchema {
  collectionName: 'components_shared_seos';
  info: { displayName: 'seo' };
  attributes: {
    summary: Schema.Attribute.Text;
    image: Schema.Attribute.Component<'shared.image', false>;
  };
}

interface Page extends Struct.CollectionTypeSchema {
  collectionName: 'pages';
  info: { singularName: 'page'; pluralName: 'pages'; displayName: 'page' };
  attributes: {
    title: Schema.Attribute.String & Schema.Attribute.Required;
    intro: Schema.Attribute.Blocks;
    seo: Schema.Attribute.Component<'shared.seo', true>;
    sections: Schema.Attribute.DynamicZone<['shared.rich', 'shared.image']>;
  };
}

interface About extends Struct.SingleTypeSchema {
  collectionName: 'abouts';
  info: { singularName: 'about'; pluralName: 'abouts'; displayName: 'about' };
  attributes: { title: Schema.Attribute.String };
}

declare module '@strapi/strapi' {
  export namespace Public {
    export interface ComponentSchemas {
      'shared.image': Image;
      'shared.rich': Rich;
      'shared.seo': Seo;
    }
    export interface ContentTypeSchemas {
      'api::page.page': Page;
      'api::about.about': About;
    }
  }
}
