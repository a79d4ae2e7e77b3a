[assembly: AssemblyFixture(typeof(MemoryWall.Tests.MachineTurn))]

namespace MemoryWall.Tests;

/// <summary>
/// One test assembly at a time on one machine: they start inference servers, cap memory and hold clocks against each other, and a
/// neighbour's load would make them slow and their figures false. Those that wait do nothing until their turn comes.
/// </summary>
public sealed class MachineTurn : IAsyncLifetime
{
    // Told to children, among them test programs that a test starts again: it is their turn too.
    private const string Variable = "MEMWALL_TESTS_TURN";
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);
    private FileStream? _turn;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
            return;
        var path = Path.Combine(Path.GetTempPath(), $"memwall-tests-{Environment.UserName}.turn");
        while (_turn is null)
        {
            try
            {
                _turn = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
