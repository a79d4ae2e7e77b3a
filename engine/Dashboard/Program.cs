using System.Net.Sockets;
using MemoryWall.Core.Primitives;
using MemoryWall.Dashboard;
using MemoryWall.Runs.Files;

try
{
    var options = DashboardOptions.Parse(args);
    await using var server = await DashboardServer.StartAsync(options, CancellationToken.None).ConfigureAwait(false);
    Console.Out.WriteLine(options.Runs.Count > 0 ? server.AddressOf(options.Runs) : server.Address);
    await server.WaitForShutdownAsync(options.EndsWithParent).ConfigureAwait(false);
    return 0;
}
catch (FormatException error)
{
    Console.Error.WriteLine(SafeText.RemoveUnsafe(error.Message));
    return 2;
}
catch (StoreException error)
{
    Console.Error.WriteLine(SafeText.RemoveUnsafe(error.Message));
    return 5;
}
catch (Exception error) when (error is IOException or SocketException)
{
    // The port is in use, or not allowed for this user.
    Console.Error.WriteLine(SafeText.RemoveUnsafe(error.Message));
    return 1;
}
