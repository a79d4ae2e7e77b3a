using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MemoryWall.Targets.Http;

/// <summary>What to do where a server and its address disagree about TLS, or its certificate is not trusted.</summary>
internal static class TlsAdvice
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    // The words of .NET, the same in each language; and of nginx and Go for plain text on a port with TLS.
    private static readonly string[] s_noTlsWords = ["frame size", "corrupted frame", "wrong version number", "packet length too long"];
    private static readonly string[] s_plainWords = ["HTTP request was sent to HTTPS port", "HTTP request to an HTTPS server"];

    /// <summary>Why a connection with TLS failed.</summary>
    /// <param name="endpoint">The address.</param>
    /// <param name="message">The message of the failure.</param>
    public static string Describe(Uri endpoint, string message)
    {
        var where = endpoint.GetLeftPart(UriPartial.Authority);
        if (s_noTlsWords.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase)))
            return $"{where} answers without TLS; write {WithScheme(endpoint, "http")} (what follows it stays), or the server's scheme "
                + "without an s at its end";
        var advice = message switch
        {
            _ when message.Contains("NameMismatch", StringComparison.Ordinal) => "write the address with a host that the certificate names",
            _ when message.Contains("NotTimeValid", StringComparison.Ordinal) => "the certificate has expired, or a clock is wrong",
            _ when message.Contains("Untrusted", StringComparison.Ordinal) || message.Contains("PartialChain", StringComparison.Ordinal) =>
                "no authority that this machine trusts signed the certificate; set SSL_CERT_FILE to the server's certificate (PEM), or add "
                    + "it to the trust store of this system",
            _ when message.Contains("EOF", StringComparison.Ordinal) => AdviseHttp(endpoint),
            _ => null,
        };
        return $"no TLS connection to {where}: {message}{(advice is null ? "" : $"; {advice}")}";
    }

    /// <summary>That a server accepted a connection and said nothing to the handshake of TLS.</summary>
    public static string DescribeSilence(Uri endpoint) =>
        $"no TLS answer from {endpoint.GetLeftPart(UriPartial.Authority)}; {AdviseHttp(endpoint)}";

    private static string AdviseHttp(Uri endpoint) => $"if it speaks plain HTTP write {WithScheme(endpoint, "http")}";

    /// <summary>Whether a server's refusal says that it expects TLS.</summary>
    public static bool ExpectsTls(string message) =>
        s_plainWords.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>What to write for a server that expects TLS.</summary>
    public static string DescribeMissing(Uri endpoint) =>
        $"{endpoint.GetLeftPart(UriPartial.Authority)} expects TLS; write {WithScheme(endpoint, "https")} (what follows it stays), or the "
            + "server's scheme with an s at its end (ollamas, openais, llama-servers)";

    /// <summary>Whether a server to which plain http failed completes a TLS handshake. The handshake trusts any certificate, and nothing is
    /// sent over the connection.</summary>
    public static async Task<bool> AnswersWithTlsAsync(Uri endpoint, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_timeout);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, limit.Token).ConfigureAwait(false);
            var stream = new SslStream(client.GetStream());
            await using (stream.ConfigureAwait(false))
            {
                await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = endpoint.Host,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                }, limit.Token).ConfigureAwait(false);
                return true;
            }
        }
        catch (Exception exception) when (FailureClassifier.IsExternal(exception) || exception is AuthenticationException)
        {
            return false;
        }
    }

    private static string WithScheme(Uri endpoint, string scheme) =>
        new UriBuilder(endpoint) { Scheme = scheme }.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
}
