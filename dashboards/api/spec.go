package api

import (
	"maps"
	"slices"

	"sporlos/store/report"
)

// SpecPath is where the description of the API is served, to everybody: it tells nothing of any site.
const SpecPath = "/api/v2/openapi.json"

type object = map[string]any

// Spec is the API in OpenAPI 3.1. Its lists of words are the tables that requests are read by, so that they cannot differ.
func Spec() any {
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Sporløs Stats API", "version": "2",
			"description": "Aggregates of a site, in the words of Plausible's Stats API v2. A token opens the sites it was made for.",
		},
		"security": []any{object{"token": []any{}}},
		"paths": object{"/api/v2/query": object{"post": object{
			"operationId": "query", "summary": "Ask one question about one site",
			"requestBody": object{"required": true, "content": object{"application/json": object{
				"schema": reference("Query"),
				"example": object{"site_id": "example.org", "metrics": []string{"visitors", "pageviews"}, "date_range": "7d",
					"dimensions": []string{"visit:source"}, "filters": []any{[]any{"is", "visit:country", []string{"NO"}}}},
			}}},
			"responses": responses(),
		}}},
		"components": object{
			"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}},
			"schemas":         object{"Query": querySchema(), "Filter": filterSchema(), "Answer": answerSchema(), "Error": errorSchema()},
		},
	}
}

func reference(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func responses() object {
	one := func(text, schema string) object {
		return object{"description": text, "content": object{"application/json": object{"schema": reference(schema)}}}
	}
	return object{
		"200": one("The answer", "Answer"),
		"400": one("The question cannot be asked: the error names the field and what is wrong", "Error"),
		"401": one("There is no token, or not one of this site", "Error"),
		"413": one("The query is larger than 64 KiB", "Error"),
		"429": one("The token has asked as often as it may within an hour, or too many calls without a valid token came from this network; Retry-After says when to ask again", "Error"),
		"503": one("The store does not answer now; Retry-After says when to ask again", "Error"),
	}
}

func querySchema() object {
	words := object{"type": "string", "anyOf": []any{
		object{"enum": append(slices.Sorted(maps.Keys(dimensions)), "time")}, object{"pattern": "^event:props:.+$"},
	}}
	list := func(items object) object { return object{"type": "array", "items": items} }
	return object{
		"type": "object", "required": []string{"site_id", "metrics", "date_range"}, "additionalProperties": false,
		"properties": object{
			"site_id": object{"type": "string", "description": "The site's domain"},
			"metrics": object{"type": "array", "minItems": 1, "items": object{"enum": report.Metrics()}},
			"date_range": object{"description": "Whole days of the site, ending today: day, month, year, all, 28d, 6mo; or two dates",
				"oneOf": []any{object{"type": "string", "pattern": `^(day|month|year|all|\d+d|\d+mo)$`}, object{"type": "array", "minItems": 2, "maxItems": 2, "items": object{"type": "string"}}}},
			"dimensions": object{"type": "array", "maxItems": 2, "items": words},
			"filters":    list(reference("Filter")),
			"order_by": list(object{"type": "array", "prefixItems": []any{object{"type": "string"}, object{"enum": []string{"asc", "desc"}}},
				"minItems": 2, "maxItems": 2}),
			"include": object{"type": "object", "additionalProperties": false, "properties": object{
				"imports": object{"type": "boolean"}, "time_labels": object{"type": "boolean"}, "total_rows": object{"type": "boolean"}}},
			"pagination": object{"type": "object", "properties": object{
				"limit":  object{"type": "integer", "minimum": 1, "maximum": report.MaxRows},
				"offset": object{"type": "integer", "minimum": 0, "maximum": report.MaxOffset}}},
		},
	}
}

func filterSchema() object {
	tuple := func(items ...any) object {
		return object{"type": "array", "prefixItems": items, "minItems": min(len(items), 3), "maxItems": len(items)}
	}
	values := object{"type": "array", "items": object{"type": "string"}}
	return object{"oneOf": []any{
		tuple(object{"enum": slices.Sorted(maps.Keys(operators))}, object{"type": "string"}, values,
			object{"type": "object", "properties": object{"case_sensitive": object{"type": "boolean"}}}),
		tuple(object{"const": "is"}, object{"const": goalWord}, values),
		tuple(object{"enum": []string{"and", "or"}}, object{"type": "array", "minItems": 1, "items": reference("Filter")}),
		tuple(object{"enum": []string{"not", "has_done", "has_not_done"}}, reference("Filter")),
	}}
}

func answerSchema() object {
	return object{"type": "object", "required": []string{"results", "meta", "query"}, "properties": object{
		"results": object{"type": "array", "items": object{"type": "object", "properties": object{
			"dimensions": object{"type": "array", "items": object{"type": "string"}},
			"metrics":    object{"type": "array", "items": object{"type": "number"}}}}},
		"meta":  object{"type": "object"},
		"query": object{"type": "object", "description": "The question as it was understood"},
	}}
}

func errorSchema() object {
	return object{"type": "object", "required": []string{"error"}, "properties": object{"error": object{"type": "string"}}}
}
