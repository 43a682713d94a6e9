"""One function a request: takes the engine and the request, gives the reply. Errors become refusals outside."""
