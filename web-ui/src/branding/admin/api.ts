// Calls about branding that only administrators may make. Each answers how everything is then.
import type { components } from '../../api/generated/schema';
import { api, bytesOf, take } from '../../api/http';
import type { Whole } from '../../api/types';

type Schemas = components['schemas'];

export type AdminBranding = Whole<Schemas['AdminBranding']>;
export type BrandingValue = Whole<Schemas['BrandingValue']>;
export type BrandingOrigin = Schemas['BrandingOrigin'];
export type AdminEmoji = Whole<Schemas['AdminEmoji']>;
export type Palette = Whole<Schemas['Palette']>;
export type Shades = Whole<Schemas['Shades']>;
/** Null takes a choice back. */
export type BrandingChange = Schemas['BrandingChange'];

export const loadAdminBranding = (): Promise<AdminBranding> => take(api.GET('/api/v1/admin/branding'));
export const changeBranding = (body: BrandingChange): Promise<AdminBranding> =>
  take(api.PATCH('/api/v1/admin/branding', { body }));
export const putIcon = (picture: Blob): Promise<AdminBranding> =>
  take(api.PUT('/api/v1/admin/branding/icon', bytesOf(picture)));
export const deleteIcon = (): Promise<AdminBranding> => take(api.DELETE('/api/v1/admin/branding/icon'));
export const putEmoji = (name: string, picture: Blob): Promise<AdminBranding> =>
  take(api.PUT('/api/v1/admin/branding/emoji/{name}', { params: { path: { name } }, ...bytesOf(picture) }));
export const deleteEmoji = (name: string): Promise<AdminBranding> =>
  take(api.DELETE('/api/v1/admin/branding/emoji/{name}', { params: { path: { name } } }));

/** The shades that colours would make. */
export const loadPalette = (accent: string, dark: string): Promise<Palette> =>
  take(
    api.GET('/api/v1/admin/branding/palette', {
      params: { query: { accent, ...(dark !== '' && { accent_dark: dark }) } },
    }),
  );
