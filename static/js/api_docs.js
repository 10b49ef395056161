/** The API's reference: Swagger UI, which comes from a package. */

const docs = document.getElementById("docs");
SwaggerUIBundle({ url: docs.dataset.document, domNode: docs, deepLinking: true, tryItOutEnabled: false });
