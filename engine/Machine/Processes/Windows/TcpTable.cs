using System.Buffers.Binary;

namespace MemoryWall.Machine.Processes.Windows;

/// <summary>Windows' tables of TCP listeners, as bytes.</summary>
internal static class TcpTable
{
    /// <summary>The process that listens on a port; null where none does. The table is a count and then rows; ports are in network order in
    /// the low half of their word.</summary>
    public static int? FindPid(ReadOnlySpan<byte> table, int rowBytes, int portOffset, int pidOffset, int port)
    {
        if (table.Length < 4)
            return null;
        var rows = BinaryPrimitives.ReadUInt32LittleEndian(table);
        for (var i = 0; i < rows && 4 + (long)(i + 1) * rowBytes <= table.Length; i++)
        {
            var row = table.Slice(4 + i * rowBytes, rowBytes);
            if (BinaryPrimitives.ReadUInt16BigEndian(row[portOffset..]) == port)
                return (int)BinaryPrimitives.ReadUInt32LittleEndian(row[pidOffset..]);
        }
        return null;
    }
}
