using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Who sent a request, so that clients can take turns: the user that the request names, else the address that it came
/// from.</summary>
internal static class ClientName
{
    public static GenerateRequest Add(GenerateRequest request, HttpContext http) => request.Client.Length > 0
        ? request
        : request with { Client = http.Connection.RemoteIpAddress?.ToString() ?? "" };
}
