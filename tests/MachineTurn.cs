using System.Globalization;
using MemoryWall.Core.Files;

[assembly: AssemblyFixture(typeof(MemoryWall.Tests.MachineTurn))]

namespace MemoryWall.Tests;

/// <summary>
/// Lets at most two test programs run at a time on a machine, and one alone where it runs the long tests, which cap memory, fill disks and
/// start clusters. A test program locks one of the files <c>memwall-tests-USER.1.turn</c> and <c>.2.turn</c> in the temporary folder, or
/// both, before its first test, and releases them after its last. Another one waits, without a time limit.
/// </summary>
/// <remarks>
/// The process that has its turn sets the environment variable <c>MEMWALL_TESTS_TURN</c>, and its child processes inherit it. A test
/// program that finds the variable set takes no lock, because a test may start its own test program again. Set it by hand to run a test
/// program without waiting.
/// </remarks>
public sealed class MachineTurn : IAsyncLifetime
{
    private const string Variable = "MEMWALL_TESTS_TURN";
    private static readonly int[] s_places = [1, 2];
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);
    private readonly List<FileStream> _taken = [];

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
            return;
        if (LongTests.Skip is null)
        {
            // All take them in the same order, so that no two wait for each other.
            foreach (var place in s_places)
                await TakeAsync([place]);
        }
        else
        {
            await TakeAsync(s_places);
        }
        Environment.SetEnvironmentVariable(Variable, "held");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in _taken)
            await file.DisposeAsync();
    }

    // Waits for the first of some places that is free.
    private async Task TakeAsync(int[] places)
    {
        while (true)
        {
            foreach (var place in places)
            {
                if (TryTake(place) is { } file)
                {
                    _taken.Add(file);
                    return;
                }
            }
            await Task.Delay(s_poll, TestContext.Current.CancellationToken);
        }
    }

    private static FileStream? TryTake(int place)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"memwall-tests-{CacheFolder.NameUser(Environment.UserName)}.{place}.turn");
        var path = Path.Combine(Path.GetTempPath(), name);
        // Everybody can write the temporary folder, so what is there may be another user's, which would never be released.
        if (FileFacts.Read(path) is { } there && (there.Kind != FileKind.Regular || !there.IsOwnedByThisUser))
            throw new InvalidOperationException($"'{path}' is no file of this user; remove it, or set {Variable}");
        try
        {
            return RegularFile.Open(path,
                new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None });
        }
        catch (IOException)
        {
            return null;
        }
    }
}
