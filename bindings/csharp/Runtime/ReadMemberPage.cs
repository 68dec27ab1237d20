using System.Collections.Generic;

namespace Banter
{
    /// <summary>A page of the members who have, or have not, read a message.</summary>
    public sealed class ReadMemberPage
    {
        internal ReadMemberPage(string json, ulong nextSeq, bool isFinished)
        {
            Json = json;
            NextSeq = nextSeq;
            IsFinished = isFinished;
        }

        /// <summary>The members, as a JSON array of GroupMemberInfo.</summary>
        public string Json { get; private set; }

        /// <summary>Asks for the next page.</summary>
        public ulong NextSeq { get; private set; }

        /// <summary>Whether this was the last page.</summary>
        public bool IsFinished { get; private set; }

        /// <summary>Reads the members.</summary>
        public List<GroupMemberInfo> ReadMembers()
        {
            return Json == "" ? new List<GroupMemberInfo>() : JsonText.Read<List<GroupMemberInfo>>(Json);
        }
    }
}
