"""Croissant: the dataset description that machine-learning tools read (MLCommons Croissant 1.0, JSON-LD)."""

import json
from collections.abc import Sequence

from hakari.core.ids import Digest

_TYPES = {"string": "sc:Text", "int64": "sc:Integer", "bool": "sc:Boolean"}

# The 1.0 context; the 1.1 draft's https namespace is refused by today's validator (mlcommons/croissant#1018).
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "containedIn": "cr:containedIn",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def describe(
    *,
    name: str,
    description: str,
    licence: str,
    publisher: str,
    published: str,
    version: int,
    file: str,
    file_sha256: Digest,
    file_bytes: int,
    schema: Sequence[tuple[str, str]],
    archives: Sequence[tuple[str, Digest, int]] = (),
) -> bytes:
    """Return the Croissant description of a Parquet release as JSON bytes. `published` is a date, YYYY-MM-DD.

    archives: (path, SHA-256, bytes) of tar files beside it, whose members the column `file` names.
    """
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"rows/{column}",
            "name": column,
            "description": f"Column {column}.",
            "dataType": _TYPES[kind],
            "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
        }
        for column, kind in schema
    ]
    card = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": description,
        "license": licence,
        "creator": {"@type": "sc:Organization", "name": publisher},
        "datePublished": published,
        "version": f"{version}.0.0",
        "citeAs": f"{publisher}: {name}, version {version} ({published})",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file,
                "name": file,
                "contentUrl": file,
                "contentSize": f"{file_bytes} B",
                "encodingFormat": "application/x-parquet",
                "sha256": file_sha256,
            },
            *(
                {
                    "@type": "cr:FileObject",
                    "@id": path,
                    "name": path,
                    "contentUrl": path,
                    "contentSize": f"{size} B",
                    "encodingFormat": "application/x-tar",
                    "sha256": digest,
                }
                for path, digest, size in archives
            ),
            *(
                {
                    "@type": "cr:FileSet",
                    "@id": f"in-{path}",
                    "name": f"in-{path}",
                    "containedIn": {"@id": path},
                    "encodingFormat": "application/octet-stream",
                    "includes": "*",
                }
                for path, _, _ in archives
            ),
        ],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": fields}],
    }
    return json.dumps(card, ensure_ascii=False, indent=1).encode()
