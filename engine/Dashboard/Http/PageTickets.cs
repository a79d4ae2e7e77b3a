using System.Security.Cryptography;
using System.Text;

namespace MemoryWall.Dashboard.Http;

/// <summary>
/// Addresses of reports and zip files. They contain a ticket for one thing of one run and not the token: a script in a report can read its
/// own address, and browsers note where a file came from. The ticket follows from the token, so that an open report can be loaded again.
/// </summary>
/// <param name="token">The token of the dashboard.</param>
internal sealed class PageTickets(string token)
{
    /// <summary>A report.</summary>
    public const string Report = "report";

    /// <summary>The files of a run.</summary>
    public const string Bundle = "bundle";

    /// <summary>The address of a thing, from the root of the server.</summary>
    /// <param name="kind"><see cref="Report"/> or <see cref="Bundle"/>.</param>
    /// <param name="run">The run's id.</param>
    public string CreatePath(string kind, string run) => $"/{kind}/{run}/{Compute(kind, run)}";

    /// <summary>Whether a path is the address of a thing with its ticket.</summary>
    public bool IsValid(string path) => path.Split('/') is ["", (Report or Bundle) and var kind, var run, var ticket]
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(ticket), Encoding.UTF8.GetBytes(Compute(kind, run)));

    private string Compute(string kind, string run) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes($"{kind}/{run}")))[..32];
}
