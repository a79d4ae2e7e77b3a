using MemoryWall.Core.Files;

[assembly: AssemblyFixture(typeof(MemoryWall.Tests.MachineTurn))]

namespace MemoryWall.Tests;

/// <summary>
/// Lets only one test program run at a time on a machine. The tests start inference servers, cap memory and measure times, so two test
/// programs at once slow each other down and fail. Each test program locks the file <c>memwall-tests-USER.turn</c> in the temporary folder
/// before its first test and releases it after its last. A second test program waits for the lock, without a time limit.
/// </summary>
/// <remarks>
/// The process that has the lock sets the environment variable <c>MEMWALL_TESTS_TURN</c>, and its child processes inherit it. A test
/// program that finds the variable set does not take the lock, because a test may start its own test program again. Set it by hand to run
/// a test program without waiting.
/// </remarks>
public sealed class MachineTurn : IAsyncLifetime
{
    private const string Variable = "MEMWALL_TESTS_TURN";
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);
    private FileStream? _turn;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
            return;
        var path = Path.Combine(Path.GetTempPath(), $"memwall-tests-{CacheFolder.NameUser(Environment.UserName)}.turn");
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        while (_turn is null)
        {
            // Everybody can write the temporary folder, so what is there may be another user's, which would never be released.
            if (FileFacts.Read(path) is { } there && (there.Kind != FileKind.Regular || !there.IsOwnedByThisUser))
                throw new InvalidOperationException($"'{path}' is no file of this user; remove it, or set {Variable}");
            try
            {
                _turn = RegularFile.Open(path, options);
            }
            catch (IOException)
            {
                await Task.Delay(s_poll, TestContext.Current.CancellationToken);
            }
        }
        Environment.SetEnvironmentVariable(Variable, "held");
    }

    public async ValueTask DisposeAsync()
    {
        if (_turn is not null)
            await _turn.DisposeAsync();
    }
}
